-- H2 would answer a query that it has just answered from its own memory as long as no row has changed. In a shop some row always
-- has: every query here does its work.
set optimize_reuse_results 0;

create table products (
    id       bigint         primary key,
    name     varchar(60)    not null,
    category varchar(20)    not null,
    price    decimal(10, 2) not null
);

create table sales (
    id         bigint         primary key,
    basket_id  bigint         not null,
    product_id bigint         not null,
    quantity   int            not null,
    price      decimal(10, 2) not null
);

create table reviews (
    id         bigint  primary key,
    product_id bigint  not null,
    stars      tinyint not null
);

create table basket_items (
    basket_id  bigint not null,
    product_id bigint not null,
    quantity   int    not null,
    primary key (basket_id, product_id)
);

-- The primary key is what keeps a basket from being ordered twice. Single flight keeps the second click from doing the work.
create table orders (
    basket_id bigint         primary key,
    total     decimal(12, 2) not null,
    risk      decimal(4, 3)  not null
);
