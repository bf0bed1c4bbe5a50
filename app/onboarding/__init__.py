"""Onboarding: what a project opens for its customers as soon as they are approved."""
