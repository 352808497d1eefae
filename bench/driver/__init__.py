"""The driver beside other programs that send and receive short messages, on one simulated modem each."""
