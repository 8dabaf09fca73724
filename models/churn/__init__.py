"""Churn risk: what is known of customers at past dates, the models that learn from it, and how they did."""
