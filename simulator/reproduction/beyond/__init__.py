"""Where the paper's conclusions flip: under load, on other air, at other prices, with stale knowledge."""
