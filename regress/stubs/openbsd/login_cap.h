/* SPDX-License-Identifier: ISC */
/* Stands in for OpenBSD's header, which bsd_auth.h wants before it. */

#ifndef STUB_LOGIN_CAP_H
#define STUB_LOGIN_CAP_H

typedef struct login_cap	 login_cap_t;

#endif
