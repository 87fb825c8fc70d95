# SPDX-License-Identifier: Apache-2.0
# cli: the program: one file per command, one table
rscn_SOURCES = \
  src/cli/cmd_cat.c \
  src/cli/cmd_diff.c \
  src/cli/cmd_doctor.c \
  src/cli/cmd_grep.c \
  src/cli/cmd_export.c \
  src/cli/cmd_help.c \
  src/cli/cmd_import.c \
  src/cli/cmd_init.c \
  src/cli/cmd_install.c \
  src/cli/cmd_kernel.c \
  src/cli/cmd_log.c \
  src/cli/cmd_ls.c \
  src/cli/cmd_mv.c \
  src/cli/cmd_ps.c \
  src/cli/cmd_restore.c \
  src/cli/cmd_rm.c \
  src/cli/cmd_run.c \
  src/cli/cmd_runs.c \
  src/cli/cmd_show.c \
  src/cli/cmd_status.c \
  src/cli/cmd_uninstall.c \
  src/cli/command.c src/cli/command.h \
  src/cli/commands.c src/cli/commands.h \
  src/cli/diff_print.c src/cli/diff_print.h \
  src/cli/diff_runs.c src/cli/diff_runs.h \
  src/cli/diff_versions.c src/cli/diff_versions.h \
  src/cli/file_out.c src/cli/file_out.h \
  src/cli/help.c src/cli/help.h \
  src/cli/help_sections.c \
  src/cli/input_pool.c src/cli/input_pool.h \
  src/cli/interrupt.c src/cli/interrupt.h \
  src/cli/kernelspec.c src/cli/kernelspec.h \
  src/cli/listing.c src/cli/listing.h \
  src/cli/log_object.c src/cli/log_object.h \
  src/cli/log_versions.c src/cli/log_versions.h \
  src/cli/main.c \
  src/cli/man_page.c \
  src/cli/notebook_files.c src/cli/notebook_files.h \
  src/cli/notebook_import.c src/cli/notebook_import.h \
  src/cli/notebook_input.c src/cli/notebook_input.h \
  src/cli/output.c src/cli/output.h \
  src/cli/present.c src/cli/present.h \
  src/cli/programs.c src/cli/programs.h \
  src/cli/progress_line.c src/cli/progress_line.h \
  src/cli/reading.c src/cli/reading.h \
  src/cli/report.c src/cli/report.h \
  src/cli/script_file.c src/cli/script_file.h \
  src/cli/show_html.c src/cli/show_html.h \
  src/cli/show_version.c src/cli/show_version.h \
  src/cli/version.c src/cli/version.h \
  src/cli/writing.c src/cli/writing.h
nodist_rscn_SOURCES = src/cli/logos.c
rscn_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)

# The logos are part of the program, so that `rscn install` needs no other file.
LOGOS = $(srcdir)/kernelspec/logo-32x32.png $(srcdir)/kernelspec/logo-64x64.png \
  $(srcdir)/kernelspec/logo-svg.svg
src/cli/logos.c: $(LOGOS) src/cli/embed-logos.sh
	$(AM_V_GEN)$(MKDIR_P) src/cli && $(SHELL) $(srcdir)/src/cli/embed-logos.sh $@ $(LOGOS)
CLEANFILES += src/cli/logos.c
EXTRA_DIST += src/cli/embed-logos.sh
