"""Imports every command and every task, so that each process knows how to carry them out."""

import app.access.commands
import app.accounts.commands
import app.clients.commands
import app.controls.approvals
import app.ledger.rollup
import app.ledger.seals
import app.licences.provisioning
import app.reference.commands
import app.statements.commands
import app.statements.tasks
import app.transactions.commands  # noqa: F401
