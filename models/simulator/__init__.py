"""The simulated shop: customers, orders and survey answers drawn from laws that are known."""
