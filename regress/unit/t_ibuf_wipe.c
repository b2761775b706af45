/* SPDX-License-Identifier: ISC */
/* Tests that common/compat/ibuf.c leaves no copy of anything in freed memory. */

#include <sys/types.h>

#include <atf-c.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/*
 * The file itself, with a free(3) that looks for the secret in what it is
 * given: looking after free(3) would be too late.
 */
static void	 watched_free(void *);
#define free	 watched_free
#include "../../common/compat/ibuf.c"
#undef free

static const char	 secret[] = "correct horse battery staple";
static int		 freed, leaked;

static void
watched_free(void *p)
{
	if (p != NULL) {
		freed++;
		if (memmem(p, malloc_usable_size(p), secret,
		    sizeof(secret)) != NULL)
			leaked++;
	}
	free(p);
}

ATF_TC_WITHOUT_HEAD(wiped);
ATF_TC_BODY(wiped, tc)
{
	struct ibuf	*b;
	char		*p;

	/* That the watcher sees anything at all. */
	ATF_REQUIRE((p = malloc(100)) != NULL);
	memcpy(p + 7, secret, sizeof(secret));
	watched_free(p);
	ATF_REQUIRE_EQ(1, leaked);
	leaked = freed = 0;

	ATF_REQUIRE((b = ibuf_open(100)) != NULL);
	ATF_REQUIRE_EQ(0, ibuf_add(b, secret, sizeof(secret)));
	ATF_REQUIRE_EQ(0, ibuf_skip(b, sizeof(secret)));
	ibuf_free(b);
	ATF_CHECK_EQ(1, freed);

	/* A buffer that moves three times. */
	ATF_REQUIRE((b = ibuf_dynamic(40, 100000)) != NULL);
	ATF_REQUIRE_EQ(0, ibuf_add(b, secret, sizeof(secret)));
	ATF_REQUIRE_EQ(0, ibuf_add_zero(b, 1000));
	ATF_REQUIRE_EQ(0, ibuf_add_zero(b, 10000));
	ATF_REQUIRE_EQ(0, ibuf_add_zero(b, 50000));
	ATF_CHECK_EQ(0, memcmp(ibuf_data(b), secret, sizeof(secret)));
	ibuf_free(b);
	ATF_CHECK_EQ(5, freed);
	ATF_CHECK_EQ(0, leaked);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, wiped);
	return atf_no_error();
}
