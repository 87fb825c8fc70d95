# SPDX-License-Identifier: Apache-2.0
# The benchmark: built and run by hand, never by make check. Its programs go into EXTRA_PROGRAMS, its
# scripts into EXTRA_DIST.
