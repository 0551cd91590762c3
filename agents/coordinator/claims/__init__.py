"""Claims on one subject, compared without a model: agree, differ, or cannot tell."""
