"""SQL models: order and direction are read from the SQL, and a wrong model is told by name."""

import pytest

from mltc.errors import ConfigError
from mltc.warehouse import SqlModel, build_models, load_models, order_models


def models(**selects: str) -> dict[str, SqlModel]:
    found = {}
    for name, sql in selects.items():
        layer, table = name.split("__")
        found[f"{layer}.{table}"] = SqlModel(layer, table, sql)
    return found


def test_order_comes_from_what_is_read():
    ordered = order_models(
        models(
            register__a="select * from register.b", register__b="select 1 as x", features__c="select * from register.a"
        )
    )
    assert [model.name for model in ordered] == ["register.b", "register.a", "features.c"]


def test_names_in_comments_texts_and_ctes_are_no_tables():
    [model] = models(
        marts__a="-- from needs.x\nwith b as (select 'from needs.y' as t from staging.person) select * from b"
    ).values()
    assert model.reads == {"staging.person"}


@pytest.mark.parametrize(
    ("selects", "told"),
    [
        ({"staging__a": "select * from register.b"}, "staging.a reads register.b"),
        ({"marts__a": "select * from elsewhere.b"}, "marts.a reads elsewhere.b"),
        ({"marts__a": "select * from marts.b", "marts__b": "select * from marts.a"}, "in a circle"),
        ({"marts__a": "select 1; select 2"}, "must hold one select"),
        ({"marts__a": "drop table marts.b"}, "must hold one select"),
        ({"marts__a": "select from where"}, "sql/marts/a.sql line 1"),
    ],
)
def test_a_wrong_model_is_refused(selects, told):
    with pytest.raises(ConfigError, match=told):
        order_models(models(**selects))


def test_a_value_that_the_run_does_not_give_is_named(warehouse):
    with pytest.raises(ConfigError, match=r"marts.a binds \$index_date"):
        build_models(warehouse, ["marts"], {}, models=models(marts__a="select $index_date as d"))


def test_values_are_bound_and_never_run(warehouse):
    hostile = "'; drop schema marts; --"
    built = build_models(warehouse, ["marts"], {"x": hostile}, models=models(marts__a="select $x as x"))
    assert built == {"marts.a": 1}
    assert warehouse.read("select x from marts.a").item() == hostile


def test_every_shipped_model_states_its_grain_first_and_stays_in_order():
    shipped = load_models()
    assert order_models(shipped)
    assert [name for name, model in shipped.items() if not model.sql.startswith("-- One row per ")] == []
