/* SPDX-License-Identifier: ISC */
/* Runs in: unit tests.  Test cases that say in a line what they are about. */

#ifndef POP3D_TC_H
#define POP3D_TC_H

#include <atf-c.h>

/* Before an ATF_TC_BODY of that name. */
#define TC(name, text)							\
	ATF_TC(name);							\
	ATF_TC_HEAD(name, tc)						\
	{								\
		atf_tc_set_md_var(tc, "descr", text);			\
	}

/* The same; only root can run it. */
#define TC_ROOT(name, text)						\
	ATF_TC(name);							\
	ATF_TC_HEAD(name, tc)						\
	{								\
		atf_tc_set_md_var(tc, "descr", text);			\
		atf_tc_set_md_var(tc, "require.user", "root");		\
	}

#endif
