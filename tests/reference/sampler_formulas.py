"""Samplers and schedules in float64 numpy, written from the published formulas (k-diffusion's
scale: x = picture + sigma * noise), to compare the C++ ones with."""

import numpy as np
import torch
from scipy import integrate

BETAS = np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
ALPHAS = np.cumprod(1 - BETAS)
TABLE = np.sqrt((1 - ALPHAS) / ALPHAS)
LOG_TABLE = np.log(TABLE)


def sigma_of(t):
    return np.exp(np.interp(t, np.arange(1000), LOG_TABLE))


def timestep_of(sigma):
    return float(np.interp(np.log(sigma), LOG_TABLE, np.arange(1000)))


def spaced(scheduler, n):
    if scheduler == "normal":
        return sigma_of(np.linspace(999, 0, n))
    if scheduler == "karras":
        return np.linspace(TABLE[-1] ** (1 / 7), TABLE[0] ** (1 / 7), n) ** 7
    if scheduler == "exponential":
        return np.exp(np.linspace(LOG_TABLE[-1], LOG_TABLE[0], n))
    if scheduler == "simple":
        return np.array([TABLE[-(1 + int(i * 1000 / n))] for i in range(n)])
    if scheduler == "sgm_uniform":
        return sigma_of(np.linspace(999, 0, n + 1)[:-1])
    if scheduler == "ddim_uniform":
        return TABLE[np.arange(n) * (1000 // n) + 1][::-1]
    raise ValueError(scheduler)


def sigmas_of(scheduler, steps, denoise=1.0):
    return np.append(spaced(scheduler, int(steps / denoise)), 0)[-(steps + 1) :]


class Toy:
    """The formula of tests/support/toy_denoiser.h with classifier-free guidance."""

    def __init__(self, cfg_scale=1.0, negative=False, v=False):
        self.cfg_scale, self.negative, self.v = cfg_scale, negative, v

    def output(self, x, t):
        def side(text):
            mixed = 0.8 * x + 0.3 * x.mean(1, keepdims=True) + 0.5 * t / 1000 + text
            return np.tanh(mixed) + 0.2 * x

        if not self.negative or self.cfg_scale == 1:
            return side(0.3)
        return side(-0.2) + self.cfg_scale * (side(0.3) - side(-0.2))

    def __call__(self, x, sigma):
        out = self.output(x / np.sqrt(sigma**2 + 1), timestep_of(sigma))
        if self.v:
            return x / (sigma**2 + 1) - out * sigma / np.sqrt(sigma**2 + 1)
        return x - sigma * out


def churned(x, s, i, noise, s_churn=0.0, s_tmin=0.0, s_tmax=np.inf, s_noise=1.0):
    if s_churn == 0:
        return x, s[i]
    drawn = noise.fresh()
    gamma = min(s_churn / (len(s) - 1), 2**0.5 - 1) if s_tmin <= s[i] <= s_tmax else 0
    hat = s[i] * (1 + gamma)
    return x + drawn * s_noise * np.sqrt(hat**2 - s[i] ** 2), hat


def euler(model, x, s, noise, **options):
    for i in range(len(s) - 1):
        x, hat = churned(x, s, i, noise, **options)
        x = x + (x - model(x, hat)) / hat * (s[i + 1] - hat)
    return x


def heun(model, x, s, noise, **options):
    for i in range(len(s) - 1):
        x, hat = churned(x, s, i, noise, **options)
        d = (x - model(x, hat)) / hat
        end = x + d * (s[i + 1] - hat)
        if s[i + 1] > 0:
            d = (d + (end - model(end, s[i + 1])) / s[i + 1]) / 2
        x = x + d * (s[i + 1] - hat)
    return x


def euler_ancestral(model, x, s, noise, eta=1.0, s_noise=1.0):
    for i in range(len(s) - 1):
        a, b = s[i], s[i + 1]
        up = min(b, eta * np.sqrt(b**2 * (a**2 - b**2) / a**2))
        x = x + (x - model(x, a)) / a * (np.sqrt(b**2 - up**2) - a)
        if b > 0:
            x = x + noise.fresh() * s_noise * up
    return x


def dpmpp_2m(model, x, s, noise):
    old, h_old = None, None
    for i in range(len(s) - 1):
        d = model(x, s[i])
        if s[i + 1] == 0:
            return d
        h = np.log(s[i]) - np.log(s[i + 1])
        target = d
        if old is not None:
            r = h_old / h
            target = (1 + 1 / (2 * r)) * d - old / (2 * r)
        x = s[i + 1] / s[i] * x - np.expm1(-h) * target
        old, h_old = d, h
    return x


def dpmpp_2m_sde(model, x, s, noise, eta=1.0, s_noise=1.0, solver_type="midpoint"):
    old, h_old = None, None
    for i in range(len(s) - 1):
        d = model(x, s[i])
        if s[i + 1] == 0:
            return d
        h = np.log(s[i]) - np.log(s[i + 1])
        total = -h - eta * h
        x = s[i + 1] / s[i] * np.exp(-eta * h) * x - np.expm1(total) * d
        if old is not None:
            if solver_type == "midpoint":
                factor = -0.5 * np.expm1(total)
            else:
                factor = -np.expm1(total) / total + 1
            x = x + factor / (h_old / h) * (d - old)
        x = x + noise.between(s[i], s[i + 1]) * s[i + 1] * np.sqrt(-np.expm1(-2 * eta * h)) * s_noise
        old, h_old = d, h
    return x


def lms(model, x, s, noise):
    slopes = []
    for i in range(len(s) - 1):
        slopes = [(x - model(x, s[i])) / s[i]] + slopes[:3]

        def lagrange(tau, j, i=i, n=len(slopes)):
            others = [k for k in range(n) if k != j]
            return np.prod([(tau - s[i - k]) / (s[i - j] - s[i - k]) for k in others])

        for j, slope in enumerate(slopes):
            weight = integrate.quad(lagrange, s[i], s[i + 1], args=(j,), epsrel=1e-4)[0]
            x = x + weight * slope
    return x


def ddim(model, x, s, noise, eta=0.0):
    alphas = 1 / (1 + s**2)
    alphas[-1] = 1 if s[-2] <= TABLE[0] * 1.0001 else ALPHAS[0]
    x = x * np.sqrt(alphas[0])
    for i in range(len(s) - 1):
        a, b = alphas[i], alphas[i + 1]
        x0 = model(x / np.sqrt(a), s[i])
        eps = (x - np.sqrt(a) * x0) / np.sqrt(1 - a)
        std = eta * np.sqrt(max((1 - b) / (1 - a) * (1 - a / b), 0))
        x = np.sqrt(b) * x0 + np.sqrt(max(1 - b - std**2, 0)) * eps
        if std > 0:
            x = x + std * noise.fresh()
    return x


def torch_tree(seed, start, end, shape):
    """A Brownian tree from numpy's SeedSequence and torch's generator: intervals are halved on a
    grid of 1e-6 until an asked time is an end of one."""

    def randn(*key):
        words = np.random.SeedSequence(seed, spawn_key=key, pool_size=24).generate_state(1)
        return torch.randn(shape, generator=torch.Generator().manual_seed(int(words[0])))

    def value(t, lo, hi, w_lo, w_hi, place=0, depth=0):
        if t == lo:
            return w_lo
        if t == hi:
            return w_hi
        mid = round((lo + hi) / 2, 6)
        share = (mid - lo) / (hi - lo)
        std = np.sqrt((mid - lo) * (hi - mid) / (hi - lo))
        w_mid = w_lo + share * (w_hi - w_lo) + std * randn(place, depth).double().numpy()
        if t <= mid:
            return value(t, lo, mid, w_lo, w_mid, 2 * place, depth + 1)
        return value(t, mid, hi, w_mid, w_hi, 2 * place + 1, depth + 1)

    lo, hi = round(start, 6), round(end, 6)
    whole = randn().double().numpy() * np.sqrt(end - start)
    return lambda t: value(round(min(max(t, lo), hi), 6), lo, hi, np.zeros(shape), whole)
