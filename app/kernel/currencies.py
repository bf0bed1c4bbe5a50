"""What is known of currency codes: decimals and names. Fiat comes from CLDR, crypto from here."""

from dataclasses import dataclass
from functools import cache

from babel import Locale
from babel.numbers import get_currency_precision


@dataclass(frozen=True, slots=True)
class KnownCurrency:
    """A currency code with its decimals, name, kind and the networks it travels on."""

    code: str
    name: str
    exponent: int
    kind: str
    networks: tuple[str, ...] = ()


_CRYPTO = (
    KnownCurrency("BTC", "Bitcoin", 8, "crypto", ("Bitcoin", "Lightning")),
    KnownCurrency("ETH", "Ether", 8, "crypto", ("ERC20",)),
    KnownCurrency("USDT", "Tether", 6, "crypto", ("ERC20", "TRC20", "BEP20")),
    KnownCurrency("USDC", "USD Coin", 6, "crypto", ("ERC20", "Solana")),
    KnownCurrency("LTC", "Litecoin", 8, "crypto", ("Litecoin",)),
    KnownCurrency("XRP", "XRP", 6, "crypto", ("Ripple",)),
    KnownCurrency("TRX", "Tron", 6, "crypto", ("TRC20",)),
    KnownCurrency("SOL", "Solana", 8, "crypto", ("Solana",)),
    KnownCurrency("BNB", "BNB", 8, "crypto", ("BEP20",)),
    KnownCurrency("DOGE", "Dogecoin", 8, "crypto", ("Dogecoin",)),
)
_FIAT = (
    "AED AUD BHD BRL BWP CAD CHF CNY CZK DKK EGP ETB EUR GBP GHS HKD HUF IDR ILS INR JOD JPY "
    "KES KRW KWD MAD MUR MWK MXN MYR MZN NAD NGN NOK NZD OMR PHP PLN QAR RON RWF SAR SEK SGD "
    "THB TND TRY TZS UAH UGX USD VND XAF XOF ZAR ZMW"
)


@cache
def known_currencies() -> dict[str, KnownCurrency]:
    """Return every currency that may be chosen, by code: fiat of CLDR first, then crypto."""
    names = Locale("en").currencies
    fiat = (
        KnownCurrency(code, names.get(code, code), get_currency_precision(code), "fiat")
        for code in _FIAT.split()
    )
    return {currency.code: currency for currency in (*fiat, *_CRYPTO)}
