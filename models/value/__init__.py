"""Customer lifetime value: purchase models, values of orders, and what both say of a customer and of the shop."""
