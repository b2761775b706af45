/* Runs in: engine, keyd.  Log lines on their way to authd in an event loop. */

#ifndef POP3D_EVLOG_H
#define POP3D_EVLOG_H

struct evmsg;

/* Send log lines to authd over this channel; NULL: standard error again. */
void	 evlog_open(struct evmsg *);

#endif
