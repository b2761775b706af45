/* SPDX-License-Identifier: ISC */
/* Runs in: authd, backends.  The form that names and paths must have. */

#ifndef POP3D_COMMON_NAME_H
#define POP3D_COMMON_NAME_H

/*
 * Whether this can name a host: 1 to 255 letters, digits and ".:-_", not
 * beginning with '-'.  1 or 0.
 */
int	 name_host_valid(const char *);

/*
 * Whether this is the name of a domain: labels of letters, digits, '-' and '_',
 * joined by single dots, that neither begin nor end with '-'; 253 octets at
 * most.  1 or 0.
 */
int	 name_domain_valid(const char *);

/*
 * Whether a backend may see this login name: 1 to USER_LEN_MAX octets of
 * 0x21-0x7e, no '/', not beginning with '.' or '-'; at most one '@', and
 * behind it a name_domain_valid().  1 or 0.
 */
int	 name_user_valid(const char *);

/*
 * Whether a path is absolute and no component of it is "." or "..".  0, or -1
 * and a reason in *why (static text).
 */
int	 name_path_clean(const char *path, const char **why);

/*
 * Whether a mailbox of this path would be the dotlock of another mailbox: it
 * ends in ".lock".  1 or 0.
 */
int	 name_path_dotlock(const char *path);

#endif
