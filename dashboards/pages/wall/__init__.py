"""The wall: what is wrong, where and what it costs, for a distance of five metres and a look of five seconds."""
