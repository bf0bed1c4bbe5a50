"""Facilities: credit that customers may draw, from the request to the day it ends."""
