/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Trusts: nobody with the form of the data. */

#include <sys/types.h>

#include <ctype.h>
#include <string.h>

#include <openssl/evp.h>

#include "password_encoding.h"

/*
 * EVP_DecodeBlock(3) alone would skip blanks, and it does not return how much
 * of the last group is padding.
 */
int
password_base64_decode(const char *data, size_t len, unsigned char *raw,
    size_t size)
{
	static const char	 alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t			 used, i;
	int			 n;

	if (len == 0 || len % 4 != 0 || len / 4 * 3 > size)
		return -1;
	for (used = 0; used < len && data[used] != '\0' &&
	    strchr(alphabet, data[used]) != NULL; used++)
		continue;
	if (len - used > 2)
		return -1;
	for (i = used; i < len; i++)
		if (data[i] != '=')
			return -1;
	n = EVP_DecodeBlock(raw, (const unsigned char *)data, (int)len);
	return n == -1 ? -1 : n - (int)(len - used);
}

/* Two digits for each byte. */
static int
encoding_hex(const char *data, size_t len, unsigned char *raw, size_t size)
{
	static const char	 digits[] = "0123456789abcdef";
	const char		*p;
	size_t			 i;

	if (len % 2 != 0 || len / 2 > size)
		return -1;
	for (i = 0; i < len; i++) {
		p = strchr(digits, tolower((unsigned char)data[i]));
		if (p == NULL || *p == '\0')
			return -1;
		raw[i / 2] = (unsigned char)((i % 2 == 0 ? 0 :
		    raw[i / 2] << 4) | (p - digits));
	}
	return (int)len / 2;
}

int
password_decode(enum password_encoding encoding, const char *data,
    unsigned char *raw, size_t size)
{
	if (encoding == PASSWORD_ENCODING_HEX)
		return encoding_hex(data, strlen(data), raw, size);
	return password_base64_decode(data, strlen(data), raw, size);
}
