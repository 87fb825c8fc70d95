#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes configure and the files it needs from configure.ac and Makefile.am.
set -eu
cd "$(dirname "$0")"
exec autoreconf --install --force --warnings=all
