/* SPDX-License-Identifier: ISC */
/* Runs in: authd, backends.  Trusts: nothing; it checks what they got. */

#include <sys/types.h>

#include <string.h>

#include "name.h"
#include "proto.h"

int
name_host_valid(const char *host)
{
	size_t	 len = strspn(host, "abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_");

	return len > 0 && len <= 255 && host[len] == '\0' && host[0] != '-';
}

int
name_domain_valid(const char *name)
{
	static const char	 chars[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	const char		*label = name;
	size_t			 len;

	for (;;) {
		len = strspn(label, chars);
		if (len == 0 || label[0] == '-' || label[len - 1] == '-')
			return 0;
		label += len;
		if (*label == '\0')
			return label - name <= 253;
		if (*label++ != '.')
			return 0;
	}
}

int
name_user_valid(const char *user)
{
	const char	*at;
	size_t		 i;

	if (user[0] == '.' || user[0] == '-')
		return 0;
	for (i = 0; user[i] != '\0'; i++) {
		if (i == USER_LEN_MAX)
			return 0;
		if (user[i] < 0x21 || user[i] > 0x7e || user[i] == '/')
			return 0;
	}
	/* With one '@', all programs split a name in the same place. */
	if ((at = strchr(user, '@')) != NULL)
		return at > user && name_domain_valid(at + 1);
	return i > 0;
}

int
name_path_clean(const char *path, const char **why)
{
	size_t	 len;

	if (path[0] != '/') {
		*why = "not an absolute path";
		return -1;
	}
	while (*path != '\0') {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		if ((len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.')) {
			*why = "a component of the path is . or ..";
			return -1;
		}
		path += len;
	}
	return 0;
}

int
name_path_dotlock(const char *path)
{
	static const char	 suffix[] = ".lock";
	size_t			 len = strlen(path), n = sizeof(suffix) - 1;

	return len >= n && strcmp(path + len - n, suffix) == 0;
}
