"""Thin triggers, one module a stage: decode, one call into `shared`, done."""
