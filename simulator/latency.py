"""The paper's latency model, Eq. 1-8: pure functions, no clock and no randomness.

The router calls them with what it *expects*; an empty network reproduces them as what *happens*.
Every length is in tokens, every price in s/token, every rate in tokens/s, every result in seconds.
"""


def computation_s(s_per_token: float, reprefill_tokens: float, prompt_tokens: float) -> float:
    """Eq. 1, T_comp^k = gamma_k (Delta C_t + L_p): reading the prompt, and the context it must read again."""
    return s_per_token * (reprefill_tokens + prompt_tokens)


def device_communication_s() -> float:
    """Eq. 2, T_comm^s = 0: nothing leaves the phone."""
    return 0.0


def edge_communication_s(
    sent_tokens: float,
    response_tokens: float,
    uplink_tokens_per_s: float,
    downlink_tokens_per_s: float,
    overhead_s: float,
) -> float:
    """Eq. 3, T_comm^e = (C_t + L_p) / B + delta + L_r^e / B, with one B for each direction.

    `sent_tokens` is C_t + L_p. The paper's B is the same both ways. Bits and bit/s do as well as tokens.
    """
    return sent_tokens / uplink_tokens_per_s + overhead_s + response_tokens / downlink_tokens_per_s


def router_s(s_per_token: float, context_tokens: float, prompt_tokens: float) -> float:
    """Eq. 4, T_router = tau_r (C_t + L_p): the score's own time on the phone."""
    return s_per_token * (context_tokens + prompt_tokens)


def generation_s(s_per_token: float, response_tokens: float) -> float:
    """Eq. 5, T_gen^k = gamma_k L_r^k: writing the answer."""
    return s_per_token * response_tokens


def device_total_s(computation_s: float, router_s: float, generation_s: float) -> float:
    """Eq. 6, T_total^s = T_comp^s + T_router + T_gen^s."""
    return computation_s + device_communication_s() + router_s + generation_s


def edge_total_s(computation_s: float, communication_s: float, router_s: float, generation_s: float) -> float:
    """Eq. 7, T_total^e = T_comp^e + T_comm^e + T_router + T_gen^e."""
    return computation_s + communication_s + router_s + generation_s


def total_s(on_device: bool, device_total_s: float, edge_total_s: float) -> float:
    """Eq. 8, T_total = d_t T_total^s + (1 - d_t) T_total^e, where d_t = 1 means the phone."""
    return device_total_s if on_device else edge_total_s
