/* SPDX-License-Identifier: ISC */
/* Tests of common/compat/ibuf.c: bounds, byte order, growth. */

#include <sys/types.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <imsg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAILS(expr, error) do {						\
	errno = 0;							\
	ATF_CHECK_EQ(-1, (expr));					\
	ATF_CHECK_EQ(error, errno);					\
} while (0)
#define IS_NULL(expr, error) do {					\
	errno = 0;							\
	ATF_CHECK((expr) == NULL);					\
	ATF_CHECK_EQ(error, errno);					\
} while (0)

ATF_TC_WITHOUT_HEAD(open_fixed);
ATF_TC_BODY(open_fixed, tc)
{
	struct ibuf	*b;

	IS_NULL(ibuf_open(0), EINVAL);
	IS_NULL(ibuf_open(SIZE_MAX), ENOMEM);
	ATF_REQUIRE((b = ibuf_open(4)) != NULL);
	ATF_CHECK_EQ(0, ibuf_size(b));
	ATF_CHECK_EQ(4, ibuf_left(b));
	ATF_CHECK_EQ(0, ibuf_add(b, "abc", 3));
	FAILS(ibuf_add(b, "de", 2), ERANGE);
	FAILS(ibuf_add(b, "de", SIZE_MAX), ERANGE);
	ATF_CHECK_EQ(3, ibuf_size(b));
	ATF_CHECK_EQ(0, ibuf_add(b, "d", 1));
	ATF_CHECK_EQ(0, ibuf_add(b, NULL, 0));
	FAILS(ibuf_add(b, "e", 1), ERANGE);
	ATF_CHECK_EQ(0, ibuf_left(b));
	ATF_CHECK_EQ(0, memcmp(ibuf_data(b), "abcd", 4));
	ibuf_free(b);
	ibuf_free(NULL);
}

ATF_TC_WITHOUT_HEAD(dynamic);
ATF_TC_BODY(dynamic, tc)
{
	struct ibuf	*b;
	unsigned char	 c;
	size_t		 i;

	IS_NULL(ibuf_dynamic(0, 0), EINVAL);
	IS_NULL(ibuf_dynamic(11, 10), EINVAL);
	ATF_REQUIRE((b = ibuf_dynamic(0, 5000)) != NULL);
	for (i = 0; i < 5000; i++)
		ATF_REQUIRE_EQ(0, ibuf_add_n8(b, i & 0xff));
	FAILS(ibuf_add_n8(b, 1), ERANGE);
	ATF_CHECK_EQ(5000, ibuf_size(b));
	for (i = 0; i < 5000; i++) {
		ATF_REQUIRE_EQ(0, ibuf_get_n8(b, &c));
		ATF_REQUIRE_EQ(i & 0xff, c);
	}
	FAILS(ibuf_get_n8(b, &c), EBADMSG);
	ibuf_free(b);

	/* One step from little to much, and a small maximum. */
	ATF_REQUIRE((b = ibuf_dynamic(1, 100000)) != NULL);
	ATF_CHECK_EQ(0, ibuf_add_zero(b, 100000));
	FAILS(ibuf_add_zero(b, 1), ERANGE);
	ibuf_free(b);
	ATF_REQUIRE((b = ibuf_dynamic(1, 3)) != NULL);
	ATF_CHECK_EQ(0, ibuf_add(b, "abc", 3));
	FAILS(ibuf_add(b, "d", 1), ERANGE);
	ibuf_free(b);
}

ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	static const unsigned char want[] = {
		0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
		0x0b, 0x0c, 0x0d, 0x0e, 0x0f
	};
	struct ibuf	*b;
	uint64_t	 v64;
	uint32_t	 v32;
	uint16_t	 v16;
	uint8_t		 v8;

	ATF_REQUIRE((b = ibuf_open(29)) != NULL);
	ATF_CHECK_EQ(0, ibuf_add_n8(b, 0x01));
	ATF_CHECK_EQ(0, ibuf_add_n16(b, 0x0203));
	ATF_CHECK_EQ(0, ibuf_add_n32(b, 0x04050607));
	ATF_CHECK_EQ(0, ibuf_add_n64(b, 0x08090a0b0c0d0e0fULL));
	ATF_CHECK_EQ(0, memcmp(ibuf_data(b), want, sizeof(want)));
	ATF_CHECK_EQ(0, ibuf_add_h16(b, 0x1234));
	ATF_CHECK_EQ(0, ibuf_add_h32(b, 0x12345678));
	ATF_CHECK_EQ(0, ibuf_add_h64(b, 0x123456789abcdef0ULL));
	memcpy(&v16, (char *)ibuf_data(b) + 15, sizeof(v16));
	memcpy(&v32, (char *)ibuf_data(b) + 17, sizeof(v32));
	memcpy(&v64, (char *)ibuf_data(b) + 21, sizeof(v64));
	ATF_CHECK_EQ(0x1234, v16);
	ATF_CHECK_EQ(0x12345678, v32);
	ATF_CHECK_EQ(0x123456789abcdef0ULL, v64);

	ATF_CHECK_EQ(0, ibuf_get_n8(b, &v8));
	ATF_CHECK_EQ(0x01, v8);
	ATF_CHECK_EQ(0, ibuf_get_n16(b, &v16));
	ATF_CHECK_EQ(0x0203, v16);
	ATF_CHECK_EQ(0, ibuf_get_n32(b, &v32));
	ATF_CHECK_EQ(0x04050607, v32);
	ATF_CHECK_EQ(0, ibuf_get_n64(b, &v64));
	ATF_CHECK_EQ(0x08090a0b0c0d0e0fULL, v64);
	ATF_CHECK_EQ(0, ibuf_get_h16(b, &v16));
	ATF_CHECK_EQ(0x1234, v16);
	ATF_CHECK_EQ(0, ibuf_get_h32(b, &v32));
	ATF_CHECK_EQ(0x12345678, v32);
	FAILS(ibuf_get_ibuf(b, 9, b), EBADMSG);
	ATF_CHECK_EQ(0, ibuf_get_h64(b, &v64));
	ATF_CHECK_EQ(0x123456789abcdef0ULL, v64);
	FAILS(ibuf_get_n16(b, &v16), EBADMSG);
	FAILS(ibuf_get_n32(b, &v32), EBADMSG);
	FAILS(ibuf_get_n64(b, &v64), EBADMSG);
	ibuf_free(b);
}

ATF_TC_WITHOUT_HEAD(numbers_overflow);
ATF_TC_BODY(numbers_overflow, tc)
{
	struct ibuf	*b;

	ATF_REQUIRE((b = ibuf_dynamic(8, 64)) != NULL);
	FAILS(ibuf_add_n8(b, 0x100), EINVAL);
	FAILS(ibuf_add_n16(b, 0x10000), EINVAL);
	FAILS(ibuf_add_n32(b, 0x100000000ULL), EINVAL);
	FAILS(ibuf_add_h16(b, 0x10000), EINVAL);
	FAILS(ibuf_add_h32(b, 0x100000000ULL), EINVAL);
	ATF_CHECK_EQ(0, ibuf_size(b));
	ATF_CHECK_EQ(0, ibuf_add_n8(b, 0xff));
	ATF_CHECK_EQ(0, ibuf_add_n16(b, 0xffff));
	ATF_CHECK_EQ(0, ibuf_add_n32(b, 0xffffffff));
	ATF_CHECK_EQ(0, ibuf_add_n64(b, UINT64_MAX));
	FAILS(ibuf_set_n8(b, 0, 0x100), EINVAL);
	FAILS(ibuf_set_n16(b, 0, 0x10000), EINVAL);
	FAILS(ibuf_set_n32(b, 0, 0x100000000ULL), EINVAL);
	FAILS(ibuf_set_h16(b, 0, 0x10000), EINVAL);
	FAILS(ibuf_set_h32(b, 0, 0x100000000ULL), EINVAL);
	ibuf_free(b);
}

ATF_TC_WITHOUT_HEAD(set_and_seek);
ATF_TC_BODY(set_and_seek, tc)
{
	struct ibuf	*b;
	uint64_t	 v64;
	char		*p;

	ATF_REQUIRE((b = ibuf_open(16)) != NULL);
	IS_NULL(ibuf_seek(b, 0, 1), ERANGE);
	ATF_CHECK_EQ(0, ibuf_add(b, "0123456789", 10));
	ATF_CHECK_EQ(0, ibuf_set(b, 8, "xy", 2));
	FAILS(ibuf_set(b, 9, "xy", 2), ERANGE);
	FAILS(ibuf_set(b, 11, "", 0), ERANGE);
	FAILS(ibuf_set(b, SIZE_MAX, "xy", 2), ERANGE);
	FAILS(ibuf_set(b, 2, "xy", SIZE_MAX), ERANGE);
	ATF_CHECK_EQ(0, memcmp(ibuf_data(b), "01234567xy", 10));

	/* Positions count from what was not yet read. */
	ATF_CHECK_EQ(0, ibuf_skip(b, 2));
	ATF_REQUIRE((p = ibuf_seek(b, 1, 2)) != NULL);
	ATF_CHECK_EQ(0, memcmp(p, "34", 2));
	IS_NULL(ibuf_seek(b, 1, 8), ERANGE);

	ATF_CHECK_EQ(0, ibuf_set_n8(b, 0, 'a'));
	ATF_CHECK_EQ(0, ibuf_set_n16(b, 1, 0x6263));
	ATF_CHECK_EQ(0, ibuf_set_n32(b, 3, 0x64656667));
	ATF_CHECK_EQ(0, memcmp(ibuf_data(b), "abcdefgy", 8));
	ATF_CHECK_EQ(0, ibuf_set_n64(b, 0, 0x4142434445464748ULL));
	ATF_CHECK_EQ(0, memcmp(ibuf_data(b), "ABCDEFGH", 8));
	ATF_CHECK_EQ(0, ibuf_set_h64(b, 0, 42));
	ATF_CHECK_EQ(0, ibuf_set_h32(b, 0, 42));
	ATF_CHECK_EQ(0, ibuf_set_h16(b, 0, 42));
	FAILS(ibuf_set_h64(b, 1, 42), ERANGE);
	ATF_CHECK_EQ(0, ibuf_get_h64(b, &v64));
	ATF_CHECK_EQ(42, v64);
	ibuf_rewind(b);
	ATF_CHECK_EQ(10, ibuf_size(b));
	ATF_CHECK_EQ(0, memcmp(ibuf_data(b), "01", 2));
	ibuf_free(b);
}

ATF_TC_WITHOUT_HEAD(reserve_truncate);
ATF_TC_BODY(reserve_truncate, tc)
{
	struct ibuf	*b;
	char		*p;

	ATF_REQUIRE((b = ibuf_open(10)) != NULL);
	ATF_REQUIRE((p = ibuf_reserve(b, 8)) != NULL);
	memcpy(p, "01234567", 8);
	IS_NULL(ibuf_reserve(b, 3), ERANGE);
	ATF_CHECK_EQ(0, ibuf_truncate(b, 3));
	ATF_CHECK_EQ(3, ibuf_size(b));
	ATF_CHECK_EQ(7, ibuf_left(b));
	ATF_CHECK_EQ(0, ibuf_truncate(b, 5));
	ATF_CHECK_EQ(0, memcmp(ibuf_data(b), "012\0\0", 5));
	ATF_CHECK_EQ(0, ibuf_truncate(b, 10));
	FAILS(ibuf_truncate(b, 11), ERANGE);
	ATF_CHECK_EQ(0, ibuf_skip(b, 4));
	ATF_CHECK_EQ(0, ibuf_truncate(b, 2));
	ATF_CHECK_EQ(2, ibuf_size(b));
	ATF_CHECK_EQ(4, ibuf_left(b));
	ibuf_free(b);
}

ATF_TC_WITHOUT_HEAD(maxsize);
ATF_TC_BODY(maxsize, tc)
{
	struct ibuf	*b;

	ATF_REQUIRE((b = ibuf_dynamic(4, 100)) != NULL);
	ATF_CHECK_EQ(0, ibuf_add(b, "abcdef", 6));
	FAILS(ibuf_set_maxsize(b, 101), ERANGE);
	FAILS(ibuf_set_maxsize(b, 5), ERANGE);
	FAILS(ibuf_set_maxsize(b, 0), ERANGE);
	ATF_CHECK_EQ(0, ibuf_set_maxsize(b, 8));
	ATF_CHECK_EQ(2, ibuf_left(b));
	ATF_CHECK_EQ(0, ibuf_add(b, "gh", 2));
	FAILS(ibuf_add(b, "i", 1), ERANGE);
	ibuf_free(b);
}

ATF_TC_WITHOUT_HEAD(views);
ATF_TC_BODY(views, tc)
{
	struct ibuf	 view, peek, part;
	char		 text[] = "abcdef", got[4];

	ibuf_from_buffer(&view, text, 6);
	ATF_CHECK_EQ(6, ibuf_size(&view));
	ATF_CHECK_EQ(0, ibuf_left(&view));
	FAILS(ibuf_add(&view, "g", 1), ERANGE);
	IS_NULL(ibuf_reserve(&view, 1), ERANGE);
	ATF_CHECK_EQ(0, ibuf_skip(&view, 1));
	FAILS(ibuf_skip(&view, 6), EBADMSG);
	ibuf_from_ibuf(&peek, &view);
	ATF_CHECK_EQ(0, ibuf_get(&peek, got, 4));
	ATF_CHECK_EQ(0, memcmp(got, "bcde", 4));
	FAILS(ibuf_get(&peek, got, 2), EBADMSG);
	ATF_CHECK_EQ(5, ibuf_size(&view));
	ATF_CHECK_EQ(0, ibuf_get_ibuf(&view, 3, &part));
	ATF_CHECK_EQ(3, ibuf_size(&part));
	ATF_CHECK_EQ(2, ibuf_size(&view));
	ATF_CHECK_EQ(0, memcmp(ibuf_data(&view), "ef", 2));
	FAILS(ibuf_get_ibuf(&view, 3, &part), EBADMSG);
	FAILS(ibuf_get(&view, got, SIZE_MAX), EBADMSG);
	ATF_CHECK_EQ(0, ibuf_fd_avail(&view));
}

ATF_TC_WITHOUT_HEAD(strings);
ATF_TC_BODY(strings, tc)
{
	struct ibuf	*b, *all;
	char		*s, str[6];

	ATF_REQUIRE((b = ibuf_open(12)) != NULL);
	FAILS(ibuf_add_strbuf(b, "abc", 3), EOVERFLOW);
	ATF_CHECK_EQ(0, ibuf_add_strbuf(b, "abc", 6));
	ATF_CHECK_EQ(0, memcmp(ibuf_data(b), "abc\0\0\0", 6));
	FAILS(ibuf_add_strbuf(b, "abc", 7), ERANGE);
	ATF_CHECK_EQ(0, ibuf_add(b, "defghi", 6));

	ATF_REQUIRE((all = ibuf_open(12)) != NULL);
	ATF_CHECK_EQ(0, ibuf_add_ibuf(all, b));
	ATF_CHECK_EQ(12, ibuf_size(all));
	ATF_CHECK_EQ(12, ibuf_size(b));
	FAILS(ibuf_add_ibuf(all, b), ERANGE);
	ibuf_free(all);

	FAILS(ibuf_get_strbuf(b, str, 0), EINVAL);
	FAILS(ibuf_get_strbuf(b, str, 13), EBADMSG);
	ATF_CHECK_EQ(0, ibuf_get_strbuf(b, str, 6));
	ATF_CHECK_STREQ("abc", str);
	FAILS(ibuf_get_strbuf(b, str, 6), EOVERFLOW);
	ATF_CHECK_STREQ("defgh", str);
	ibuf_rewind(b);
	ATF_REQUIRE((s = ibuf_get_string(b, 6)) != NULL);
	ATF_CHECK_STREQ("abc", s);
	free(s);
	IS_NULL(ibuf_get_string(b, 7), EBADMSG);
	ATF_REQUIRE((s = ibuf_get_string(b, 6)) != NULL);
	ATF_CHECK_STREQ("defghi", s);
	free(s);
	ibuf_free(b);
}

ATF_TC_WITHOUT_HEAD(descriptors);
ATF_TC_BODY(descriptors, tc)
{
	struct ibuf	*b;
	int		 fd1, fd2, fd3;

	ATF_REQUIRE((fd1 = open("/dev/null", O_RDONLY)) != -1);
	ATF_REQUIRE((fd2 = dup(fd1)) != -1);
	ATF_REQUIRE((fd3 = dup(fd1)) != -1);
	ATF_REQUIRE((b = ibuf_open(1)) != NULL);
	ATF_CHECK(!ibuf_fd_avail(b));
	ATF_CHECK_EQ(-1, ibuf_fd_get(b));
	ibuf_fd_set(b, fd1);
	ATF_CHECK(ibuf_fd_avail(b));
	ibuf_fd_set(b, fd2);
	ATF_CHECK_EQ(-1, fcntl(fd1, F_GETFD));
	ATF_CHECK_EQ(fd2, ibuf_fd_get(b));
	ATF_CHECK(!ibuf_fd_avail(b));
	ATF_CHECK(fcntl(fd2, F_GETFD) != -1);
	ibuf_fd_set(b, fd3);
	errno = EXDEV;
	ibuf_free(b);
	ATF_CHECK_EQ(EXDEV, errno);
	ATF_CHECK_EQ(-1, fcntl(fd3, F_GETFD));
	close(fd2);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, open_fixed);
	ATF_TP_ADD_TC(tp, dynamic);
	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, numbers_overflow);
	ATF_TP_ADD_TC(tp, set_and_seek);
	ATF_TP_ADD_TC(tp, reserve_truncate);
	ATF_TP_ADD_TC(tp, maxsize);
	ATF_TP_ADD_TC(tp, views);
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, descriptors);
	return atf_no_error();
}
