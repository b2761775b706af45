/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  The input of a session, state by state. */

#ifndef POP3D_POP3D_DIALOGUE_H
#define POP3D_POP3D_DIALOGUE_H

#include "session.h"

/* For session_init: the line limit and the line handler of each state. */
extern const struct session_rule	 dialogue[SESSION_STATES];

#endif
