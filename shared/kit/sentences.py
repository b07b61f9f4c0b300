"""What went wrong, as one sentence that names the next step: for people in front of a terminal."""

import asyncpg
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.kit.brake import Braked
from shared.kit.catch_up import Diverged
from shared.kit.faults import DATABASE_DOWN, KAFKA_DOWN, describe
from shared.kit.kafka import NoRight
from shared.kit.keyring.port import KeyAbsent
from shared.kit.parking import NothingParked, TakenMeanwhile
from shared.kit.positions import LostPosition
from shared.kit.shares import ShareFailed

OURS = (Diverged, NoRight, LostPosition, Braked, NothingParked)


def sentence(error: BaseException, service: str | None = None) -> str:
    """`service` is whose database it was about, where it was about one."""
    whose = f"The database of {service}" if service else "The database"
    name = type(error).__name__
    match error:
        case TakenMeanwhile():
            return "Somebody else is redriving or discarding the same sequence: look at it again when they are done."
        case ShareFailed():
            return str(error)
        case KeyAbsent():
            return f"The keyring lacks a key ({error}): restore the keyring's backup, then try again."
        case _ if isinstance(error, OURS):
            return f"{str(error)[:1].upper()}{str(error)[1:]}."
        case asyncpg.LockNotAvailableError():
            return f"Another rebuild or verify of {service or 'this service'} is running: try again when it is done."
        case asyncpg.UndefinedTableError():
            return f"{whose} lacks tables: bring it up to date with `python -m services.{service} migrate`."
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return f"{whose} refuses our password: correct it in the installation file."
        case asyncpg.InvalidCatalogNameError():
            return f"{whose} does not exist: create it, or correct its url in the installation file."
        case PoolTimeout():
            return f"{whose} gave us no connection within 5 s: see what holds them all, then try again."
        case TopicAuthorizationFailedError():
            return "Kafka refuses us a right: grant those of deploy/kafka/users.toml, then try again."
        case _ if isinstance(error, KAFKA_DOWN):
            return f"Kafka does not answer ({name}): start it or correct its address, then try again."
        case KafkaError():
            return f"Kafka refuses what we asked ({name}): see that the user and password given are right."
        case _ if isinstance(error, DATABASE_DOWN):
            return f"{whose} does not answer ({name}): start it or correct its address, then try again."
    return f"Something unforeseen happened ({describe(error)}): look into the log of {service or 'the command'}."
