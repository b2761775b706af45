#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Compile OpenBSD's code against stub headers, to keep it from rotting.

atf_test_case compiles
compiles_head()
{
	atf_set descr 'all that OpenBSD compiles; calls and promises it has'
	atf_set timeout 900
}
compiles_body()
{
	cd "$(atf_get_srcdir)/.." || exit 1
	atf_check -o ignore ./regress/lib/openbsd_compile.sh
}

atf_init_test_cases()
{
	atf_add_test_case compiles
}
