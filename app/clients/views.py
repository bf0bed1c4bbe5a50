"""Pages of customers."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.clients.models import Client
from app.clients.resource import CLIENTS
from app.web.resource import Resource, mount

blueprint = Blueprint("clients", __name__)

mount(
    Resource(listing=CLIENTS, model=Client, singular="Customer", module="clients"),
    blueprint,
)
