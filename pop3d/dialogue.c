/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  The input of a session, state by state.
 * Trusts: nothing that the client sends.
 *
 * An exchange with its own kind of lines, as SASL has, gets its own state and
 * an entry here, with its line limit and its handler.
 */

#include "command.h"
#include "dialogue.h"

const struct session_rule	 dialogue[SESSION_STATES] = {
	[SESSION_HANDSHAKE] = { { TRANSPORT_HANDSHAKE, 0, 0 }, NULL },
	[SESSION_AUTH] = { { TRANSPORT_LINES, COMMAND_LINE_MAX, COMMAND_TLS },
	    command_do },
	/* Pipelined commands wait for the end of the login. */
	[SESSION_CHECK] = { { TRANSPORT_HOLD, 0, 0 }, NULL },
	[SESSION_OPEN] = { { TRANSPORT_HOLD, 0, 0 }, NULL },
	[SESSION_TRANS] = { { TRANSPORT_LINES, COMMAND_LINE_MAX, 0 },
	    command_do },
	/* Input after QUIT is ignored. */
	[SESSION_UPDATE] = { { TRANSPORT_DROP, 0, 0 }, NULL },
	[SESSION_CLOSE] = { { TRANSPORT_DRAIN, 0, 0 }, NULL }
};
