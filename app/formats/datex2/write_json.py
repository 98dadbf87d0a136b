"""Energy rates as JSON (CEN/TS 16157-15): plain dicts in the order of the schemas, money as Decimal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from app.formats.datex2.encoding import Encoding
from app.formats.datex2.periods import DAY_SECONDS, Days, OverallPeriod, Period, SpecialDay, Texts
from app.formats.datex2.rates import EnergyPrice, EnergyRate, EnergyRateUpdate, Payment
from app.formats.datex2.rounding import rounded_price, rounded_rate
from app.model.loss import Loss

Body = dict[str, Any]
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_FIRST_GROUP = 0
_LAST_SECOND = "23:59:59"


def rate_json(rate: EnergyRate, encoding: Encoding) -> tuple[Body, tuple[Loss, ...]]:
    """`energyRate`, with what rounding loses."""
    said, losses = rounded_rate(rate, encoding)
    body = {
        "idG": said.id,
        "ratePolicy": _value(said.policy),
        "lastUpdated": _moment(said.last_updated),
        "applicableCurrency": list(said.currencies),
        "rateName": texts_json(said.name),
        "combinationWithParkingFee": said.combined_with_parking,
        "maximumDeliveryFee": said.maximum_fee,
        "minimumDeliveryFee": said.minimum_fee,
        "discount": said.discount,
        "additionalInformation": texts_json(said.additional_information),
        "payment": _payment(said.payment) if said.payment else None,
        "energyPrice": [_price(price, encoding) for price in said.prices],
        "overallPeriod": period_json(said.period, encoding),
    }
    return _said(body), losses


def update_json(update: EnergyRateUpdate, currency: str, encoding: Encoding) -> tuple[Body, tuple[Loss, ...]]:
    """`energyRateUpdate`. `currency` is the rate's, for texts."""
    prices = [rounded_price(price, currency, encoding) for price in update.prices]
    body = {
        "lastUpdated": _moment(update.last_updated),
        "energyRateReference": {"targetClass": "EnergyRate", "idG": update.rate_id},
        "additionalInformation": texts_json(update.additional_information),
        "energyPrice": [_price(price, encoding) for price, _ in prices],
    }
    return _said(body), tuple(dict.fromkeys(loss for _, losses in prices for loss in losses))


def texts_json(texts: Texts) -> Body | None:
    return {"values": [{"lang": language, "value": text} for language, text in texts]} if texts else None


def period_json(period: OverallPeriod | None, encoding: Encoding) -> Body | None:
    if period is None:
        return None
    return _said(
        {
            "overallStartTime": _moment(period.start),
            "overallEndTime": _moment(period.end),
            "validPeriod": [_period(one, encoding) for one in period.valid],
            "exceptionPeriod": [_period(one, encoding) for one in period.exceptions],
        }
    )


def _period(period: Period, encoding: Encoding) -> Body:
    return _said(
        {
            "startOfPeriod": _moment(period.start),
            "endOfPeriod": _moment(period.end),
            "periodName": texts_json(period.name),
            "recurringTimePeriodOfDay": [
                {"startTimeOfPeriod": _clock(begin, encoding), "endTimeOfPeriod": _clock(end, encoding)}
                for begin, end in period.hours
            ],
            "recurringDayWeekMonthPeriod": [{"comDayWeekMonth": _days(one)} for one in period.days],
            "recurringSpecialDay": [{"comSpecialDay": _special(one)} for one in period.special_days],
        }
    )


def _days(days: Days) -> Body:
    return _said({"applicableDay": _named(days.days, DAYS, 0), "applicableMonth": _named(days.months, MONTHS, 1)})


def _special(day: SpecialDay) -> Body:
    return {"intersectWithApplicableDays": day.intersects, "specialDayType": _value(day.kind)}


def _price(price: EnergyPrice, encoding: Encoding) -> Body:
    group = _FIRST_GROUP if price.price_group is None else price.price_group
    return _said(
        {
            "priceGroupIndex": group if encoding.price_groups else None,
            "priceType": _value(price.price_type),
            "value": price.value,
            "priceCap": price.cap,
            "taxIncluded": price.tax_included,
            "taxRate": price.tax_rate,
            "additionalInformation": texts_json(price.additional_information),
            "overallPeriod": period_json(price.period, encoding),
            "timeBasedApplicability": _said({"fromMinute": price.from_minute, "toMinute": price.to_minute}),
            "energyBasedApplicability": _said({"fromKWh": price.from_kwh, "toKWh": price.to_kwh}),
        }
    )


def _payment(payment: Payment) -> Body:
    return _said(
        {
            "paymentMode": [_value(one) for one in payment.modes],
            "paymentMeans": [_value(one) for one in payment.means],
            "otherPaymentMeans": [texts_json(one) for one in payment.other_means],
            "brandsAccepted": [_value(one) for one in payment.brands],
            "otherBrandsAccepted": list(payment.other_brands),
        }
    )


def _said(body: Body) -> Body:
    """Without what is not said."""
    return {name: value for name, value in body.items() if value is not None and value not in ({}, [])}


def _value(value: str) -> Body:
    return {"value": str(value)}


def _named(numbers: Iterable[int], names: tuple[str, ...], first: int) -> list[Body]:
    return [_value(names[number - first]) for number in sorted(numbers)]


def _moment(moment: datetime | None) -> str | None:
    """With offset."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _clock(second: int, encoding: Encoding) -> str:
    if second == DAY_SECONDS and encoding.zoned_times:
        return f"{_LAST_SECOND}Z"
    text = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return f"{text}Z" if encoding.zoned_times else text
