"""The words of forward-dated transactions and standing orders: statuses, types, sentences."""

from app.journals.lines import SOURCES, Terms
from app.kernel.schedules import BACK, FORWARD

FORWARD_PATH = "/admin/forward-dated"
ORDERS_PATH = "/admin/standing-orders"

DRAFT, SCHEDULED, EXECUTING, EXECUTED = "DRAFT", "SCHEDULED", "EXECUTING", "EXECUTED"
FAILED, CANCELLED = "FAILED", "CANCELLED"
FORWARD_STATUSES = (DRAFT, SCHEDULED, EXECUTING, EXECUTED, FAILED, CANCELLED)
LIVE = (SCHEDULED, EXECUTING)

ACTIVE, PAUSED, COMPLETED = "ACTIVE", "PAUSED", "COMPLETED"
ORDER_STATUSES = (DRAFT, ACTIVE, PAUSED, CANCELLED, COMPLETED)
TONES = {
    DRAFT: "neutral",
    SCHEDULED: "info",
    EXECUTING: "warning",
    EXECUTED: "success",
    FAILED: "danger",
    CANCELLED: "neutral",
    ACTIVE: "success",
    PAUSED: "warning",
    COMPLETED: "info",
}

POST_DATED_CHECK, SCHEDULED_PAYMENT = "POST_DATED_CHECK", "SCHEDULED_PAYMENT"
INSTANCE = "STANDING_ORDER_INSTANCE"
TYPES = {
    POST_DATED_CHECK: "Post-Dated Check",
    SCHEDULED_PAYMENT: "Scheduled Payment",
    INSTANCE: "Standing Order Instance",
}
CHOSEN_TYPES = (POST_DATED_CHECK, SCHEDULED_PAYMENT)
SOURCE_TYPE = "STANDING_ORDER"
# Where the transaction of an executed one says that it came from (E43.46).
EXECUTION = "forward_dated_execution"

POLICIES = {"forward": "Roll Forward", "back": "Roll Back"}
STEPS = {"forward": FORWARD, "back": BACK}

NO_TYPE = "Transaction type is required."
NOT_FUTURE = "Scheduled date must be a future working day."
DAY_RANGE = "Day of month must be between 1 and 31."
START_PAST = "Start date must not be in the past."
END_BEFORE_START = "End date must be on or after the start date."
NO_OCCURRENCE = "No payment falls between the start date and the end date."

# Rates are typed for every source but the house's own, and kept until the day (E43.24-27).
LOCKED = Terms(
    typed_sources=frozenset(SOURCES) - {"SYSTEM"},
    no_rate="Exchange rate is required when rate source is not SYSTEM.",
    bad_rate="Exchange rate must be a positive number.",
    unbalanced="Transaction is not balanced in {base}.",
)
