/* SPDX-License-Identifier: ISC */
/* Runs in: engine, keyd.  Log lines on their way to authd in an event loop. */

#ifndef POP3D_COMMON_EVLOG_H
#define POP3D_COMMON_EVLOG_H

struct evmsg;

/*
 * Send log lines to authd over this channel, whose queue must take 8192
 * messages; NULL: standard error again.  While authd is behind by half as many
 * lines are left out, and then the log says how many.
 */
void	 evlog_open(struct evmsg *);

#endif
