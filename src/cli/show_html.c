/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show_html: one execution as a page of its own. The record may hold what other kernels and foreign
 * hands wrote, so that an output must not be able to run, to fetch, or to pass for a fact.
 */
#include "cli/show_html.h"

#include <string.h>

#include "base/html.h"
#include "base/json_util.h"
#include "base/memory.h"
#include "cli/present.h"
#include "model/output/nbformat_output.h"

#define LINES_MAX 25 /* of a frame as it is shown at first */

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'; img-src data:\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>\n"
    ":root { color-scheme: light dark; }\n"
    "body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }\n"
    "th { text-align: left; vertical-align: top; padding-right: 2em; font-weight: normal;\n"
    "     opacity: .7; }\n"
    "td { overflow-wrap: anywhere; }\n"
    "pre { font: 14px/1.4 monospace; overflow-x: auto; }\n"
    "pre.code { border-left: 3px solid; padding-left: 1em; }\n"
    "pre.error { color: #d33; }\n"
    "iframe { border: 0; width: 100%; resize: vertical; overflow: auto; }\n"
    "img { max-width: 100%; background: #fff; }\n"
    "</style>\n";

/* --- facts ------------------------------------------------------------------------------------ */

static void add_fact(struct strbuf *page, const char *name, const char *text)
{
    if (!text || !text[0])
        return;
    strbuf_addf(page, "<tr><th scope=\"row\">%s</th><td>", name);
    html_add_text(page, text);
    strbuf_add_text(page, "</td></tr>\n");
}

static void add_facts(struct strbuf *page, const json_t *execution)
{
    static const struct {
        const char *name, *key;
    } facts[] = {
        {"Execution", "execution"},  {"Notebook", "notebook"},    {"State", "state"},
        {"Reason", "reason"},        {"Effect", "effect"},        {"Rows", "rows"},
        {"Changed rows", "changes"}, {"Started", "started_at"},   {"Ended", "ended_at"},
        {"Database", "target"},      {"Run", "run"},              {"Client", "client"},
        {"User", "user"},            {"Host", "host"},            {"Engine", "engine"},
        {"Version", "engine_version"}, {"Arguments", "arguments"}, {"Code hash", "code_hash"},
    };
    AUTO_FREE char *cell = present_cell(execution);
    AUTO_FREE char *duration = present_duration_member(execution);

    strbuf_add_text(page, "<table>\n<caption hidden>What ran</caption>\n");
    add_fact(page, "Cell", cell);
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
        AUTO_FREE char *text = present_member(execution, facts[i].key);
        add_fact(page, facts[i].name, text);
    }
    add_fact(page, "Time", duration);
    strbuf_add_text(page, "</table>\n");
}

static void add_transitions(struct strbuf *page, const json_t *transitions)
{
    size_t index;
    json_t *step;

    strbuf_add_text(page, "<h2>States</h2>\n<ol>\n");
    json_array_foreach(transitions, index, step)
    {
        AUTO_FREE char *at = present_member(step, "at");
        const char *reason = json_member_text(step, "reason", "");
        strbuf_add_text(page, "<li>");
        html_add_text(page, json_member_text(step, "to", ""));
        strbuf_add_text(page, " <time>");
        html_add_text(page, at);
        strbuf_add_text(page, "</time> ");
        html_add_text(page, reason);
        strbuf_add_text(page, "</li>\n");
    }
    strbuf_add_text(page, "</ol>\n");
}

static void add_touched(struct strbuf *page, const json_t *objects)
{
    size_t index, count = json_array_size(objects);
    json_t *object;

    if (count == 0)
        return;
    strbuf_add_text(page, "<h2>Touched</h2>\n<ul>\n");
    json_array_foreach(objects, index, object)
    {
        if (index == TOUCHED_SHOWN)
            break;
        AUTO_FREE char *line = present_touched(object);
        strbuf_add_text(page, "<li>");
        html_add_text(page, line);
        strbuf_add_text(page, "</li>\n");
    }
    if (count > TOUCHED_SHOWN)
        strbuf_addf(page, "<li>and %zu more</li>\n", count - TOUCHED_SHOWN);
    strbuf_add_text(page, "</ul>\n");
}

/* --- outputs ---------------------------------------------------------------------------------- */

static void add_pre(struct strbuf *page, const char *class, const char *text)
{
    strbuf_addf(page, "<pre%s>", class);
    html_add_text(page, text);
    strbuf_add_text(page, "</pre>\n");
}

/* Tall enough for the rows of a table or the lines of a text, within limits; it can be drawn. */
static size_t frame_height(const char *html)
{
    size_t lines = 2;

    for (const char *at = html; lines < LINES_MAX && (at = strstr(at, "<tr")) != NULL; at++)
        lines++;
    for (const char *at = html; lines < LINES_MAX && (at = strstr(at, "<br")) != NULL; at++)
        lines++;
    return lines < 4 ? 4 : lines;
}

static void add_frame(struct strbuf *page, const char *html)
{
    strbuf_addf(page, "<iframe sandbox title=\"Output\" style=\"height: %zuem\" srcdoc=\"",
                frame_height(html) * 2);
    html_add_text(page, "<style>:root { color-scheme: light dark; } body { font: 16px/1.5 "
                        "sans-serif; }</style>");
    html_add_text(page, html);
    strbuf_add_text(page, "\"></iframe>\n");
}

/* The characters of base64 and of percent-encoding alone. */
static void add_image(struct strbuf *page, const char *type, const char *text)
{
    bool is_svg = strcmp(type, "image/svg+xml") == 0;

    strbuf_addf(page, "<img alt=\"Output\" src=\"data:%s%s,", type, is_svg ? "" : ";base64");
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (is_plain || (!is_svg && strchr("+/=", c)))
            strbuf_add_char(page, *text);
        else if (is_svg)
            strbuf_addf(page, "%%%02X", c);
    }
    strbuf_add_text(page, "\">\n");
}

/* The richest form that a page without scripts can show. */
static void add_bundle(struct strbuf *page, const json_t *data)
{
    static const char *const types[] = {"text/html", "image/svg+xml", "image/png", "image/jpeg",
                                        "text/plain"};
    AUTO_STRBUF names = STRBUF_INIT;
    const char *name;
    json_t *value;

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        const json_t *found = json_object_get(data, types[i]);
        AUTO_FREE char *text = found ? nbformat_text(found) : NULL;
        if (!text)
            continue;
        if (i == 0)
            add_frame(page, text);
        else if (strcmp(types[i], "text/plain") == 0)
            add_pre(page, "", text);
        else
            add_image(page, types[i], text);
        return;
    }
    json_object_foreach((json_t *)data, name, value) strbuf_addf(&names, "%s\n", name);
    add_pre(page, "", strbuf_text(&names));
}

static void add_output(struct strbuf *page, const json_t *output)
{
    const char *type = json_member_text(output, "output_type", "");

    if (strcmp(type, "stream") == 0) {
        AUTO_FREE char *text = nbformat_text(json_object_get(output, "text"));
        add_pre(page, "", text);
    } else if (strcmp(type, "error") == 0) {
        AUTO_FREE char *text = nbformat_error_text(output);
        add_pre(page, " class=\"error\"", text);
    } else {
        add_bundle(page, json_object_get(output, "data"));
    }
}

void show_html(struct strbuf *page, const json_t *execution)
{
    const json_t *outputs = json_object_get(execution, "outputs");
    AUTO_FREE char *code = nbformat_text(json_object_get(execution, "code"));
    AUTO_FREE char *cell = present_cell(execution);
    size_t index;
    json_t *output;

    strbuf_add_text(page, head);
    strbuf_add_text(page, "<title>");
    html_add_text(page, cell);
    strbuf_add_text(page, "</title>\n</head>\n<body>\n<h1>");
    html_add_text(page, cell);
    strbuf_add_text(page, "</h1>\n");
    add_facts(page, execution);
    strbuf_add_text(page, "<h2>Code</h2>\n");
    add_pre(page, " class=\"code\"", code);
    add_transitions(page, json_object_get(execution, "transitions"));
    add_touched(page, json_object_get(execution, "objects"));
    strbuf_add_text(page, "<h2>Outputs</h2>\n");
    json_array_foreach(outputs, index, output) add_output(page, output);
    if (json_array_size(outputs) == 0)
        strbuf_add_text(page, "<p>None.</p>\n");
    if (json_is_false(json_object_get(execution, "outputs_complete")))
        strbuf_add_text(page, "<p>Some outputs are lost: the kernel ended before they could be "
                              "kept.</p>\n");
    strbuf_add_text(page, "</body>\n</html>\n");
}
