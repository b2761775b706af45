/* SPDX-License-Identifier: ISC */
/* Runs in: every process.  Signals that are none of its business. */

#include <sys/types.h>

#include <signal.h>
#include <string.h>

#include "signals.h"

static void
signals_nothing(int sig)
{
}

/* All numbers there are: those that cannot be had are the system's. */
static void
signals_set(void (*handler)(int))
{
	struct sigaction	 sa;
	int			 sig;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handler;
	sa.sa_flags = SA_RESTART;
	(void)sigemptyset(&sa.sa_mask);
	for (sig = 1; sig < NSIG; sig++) {
		switch (sig) {
		case SIGABRT:
		case SIGBUS:
		case SIGCHLD:
		case SIGCONT:
		case SIGFPE:
		case SIGILL:
		case SIGINT:
		case SIGKILL:
		case SIGSEGV:
		case SIGSTOP:
		case SIGSYS:
		case SIGTERM:
		case SIGTRAP:
		case SIGTSTP:
		case SIGTTIN:
		case SIGTTOU:
		case SIGXCPU:
			break;
		default:
			(void)sigaction(sig, &sa, NULL);
		}
	}
}

void
signals_ignore(void)
{
	signals_set(SIG_IGN);
}

void
signals_catch(void)
{
	signals_set(signals_nothing);
}
