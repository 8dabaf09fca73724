"""Files of a made-up shop's orders, a day each."""

from __future__ import annotations

import datetime as dt
import random

HEADER = "order_id,ordered_at,customer_id,product,quantity,price,channel,region\n"


def day_file(at_random: random.Random, day: dt.date, *, customers: int) -> str:
    """A day's orders, some of nobody; some lines take back what an earlier order sold, some name no place."""
    lines = []
    for number in range(at_random.randint(0, 12)):
        customer = at_random.choice(["", *(f"c{at_random.randint(1, customers)}" for _ in range(8))])
        place = at_random.choice(["web,north", "web,south", "app,north", ",", "store,"])
        lines.append(f"{day}-{number},{day},{customer},p{number},1,{at_random.randint(1, 90)}.37,{place}")
        if at_random.random() < 0.3:
            earlier = day - dt.timedelta(days=at_random.randint(1, 30))
            lines.append(f"{earlier}-{at_random.randint(0, 3)},{day},{customer},p0,-1,40.00,{place}")
    return HEADER + "".join(f"{line}\n" for line in lines)
