"""Publishes orders the way any client may, with nats-py: any_client.py URL, one payload per line of standard input.
Exits with 77 when nats-py is not installed."""
import asyncio
import sys

try:
    import nats
except ImportError:
    sys.exit(77)


async def main():
    client = await nats.connect(sys.argv[1])
    for line in sys.stdin:
        await client.publish("orders.new", line.strip().encode())
    await client.flush()
    await client.close()


asyncio.run(main())
