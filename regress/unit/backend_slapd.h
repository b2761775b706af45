/* SPDX-License-Identifier: ISC */
/* Runs in: unit tests.  A directory with the users of backend_users.h. */

#ifndef POP3D_BACKEND_SLAPD_H
#define POP3D_BACKEND_SLAPD_H

#include <stdio.h>

#include <atf-c.h>

/* To be called before the others; 0: there is no slapd(8). */
int	 slapd_is_there(const atf_tc_t *);

/*
 * Start a server that ends with this process, on the socket "sock" of the
 * directory, and put the service's password into "secret".  more() writes further
 * entries; global is a line of its configuration, or NULL.
 */
void	 slapd_start(void (*more)(FILE *), const char *global);

/* An entry for a user with the ids that setup_file gives. */
void	 slapd_entry(FILE *, const char *name, int id, const char *stored);

/* The setup of a test's subject. */
void	 setup_ldap(void);

#endif
