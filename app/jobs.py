"""Imports every command and every task, so that each process knows how to carry them out."""

import app.access.commands
import app.access.credentials
import app.access.details
import app.access.invitations
import app.access.open_sessions
import app.access.password_rules
import app.access.usage
import app.accounts.commands
import app.accounts.statuses
import app.assets.commands
import app.books.commands
import app.clients.commands
import app.clients.usage
import app.controls.approvals
import app.ledger.rollup
import app.ledger.seals
import app.ledger.usage
import app.licences.provisioning
import app.mail.tasks
import app.products.commands
import app.reference.commands
import app.statements.commands
import app.statements.tasks
import app.transactions.amendments
import app.transactions.commands
import app.transactions.managers
import app.transactions.search
import app.transactions.statuses  # noqa: F401
