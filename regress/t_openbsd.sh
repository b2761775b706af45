#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# What only OpenBSD runs, compiled here against stub headers, so that it does
# not rot.

atf_test_case compiles
compiles_head()
{
	atf_set descr 'every *_openbsd.c compiles'
}
compiles_body()
{
	cd "$(atf_get_srcdir)/.."
	atf_check -o ignore ./regress/openbsd_compile.sh
}

atf_init_test_cases()
{
	atf_add_test_case compiles
}
