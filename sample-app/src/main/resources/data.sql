-- 10,000 products, 120,000 sales, 70,000 reviews. ora_hash(value, highest, seed) looks random and is the same at every start.
insert into products (id, name, category, price)
select x,
       array['Folding', 'Quiet', 'Patient', 'Northern', 'Everyday', 'Bright', 'Sturdy', 'Little'][1 + ora_hash(x, 7, 1)]
           || ' ' || array['Oak', 'Copper', 'Linen', 'Walnut', 'Enamel', 'Wool', 'Glass', 'Cedar'][1 + ora_hash(x, 7, 2)]
           || ' ' || array['Lamp', 'Kettle', 'Notebook', 'Stool', 'Basket', 'Clock', 'Blanket'][1 + ora_hash(x, 6, 3)]
           || ' ' || x,
       array['kitchen', 'garden', 'office', 'bedroom', 'travel', 'music', 'sports', 'books', 'toys', 'pets'][1 + mod(x, 10)],
       (450 + ora_hash(x, 19500, 4)) / 100.0
from system_range(1, 10000);

-- Few products sell often, most seldom.
insert into sales (id, basket_id, product_id, quantity, price)
select s.x, ora_hash(s.x, 29999, 5), p.id, 1 + ora_hash(s.x, 2, 6), p.price
from system_range(1, 120000) s
join products p on p.id = 1 + cast(9999 * power(ora_hash(s.x, 999999, 7) / 1000000.0, 1.7) as bigint);

insert into reviews (id, product_id, stars)
select x, 1 + ora_hash(x, 9999, 8), 5 - least(ora_hash(x, 4, 9), ora_hash(x, 4, 10))
from system_range(1, 70000);

insert into basket_items (basket_id, product_id, quantity)
select b.x, 1 + mod(ora_hash(b.x, 9999, 11) + i.x, 10000), 1 + ora_hash(b.x + i.x, 3, 12)
from system_range(1, 5000) b, system_range(1, 4) i;

-- After the rows, since that is much faster than before them.
alter table sales add foreign key (product_id) references products;
alter table reviews add foreign key (product_id) references products;
