package dev.singleflight.sample;

import dev.singleflight.sample.CategoryReport.BestSeller;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The tables of products, sales and reviews. */
@Component
final class ProductRepository {

    /** Ranks are taken in the whole catalogue, so all its sales are added up whatever the category. */
    private static final String REPORT = """
            /* category report */
            with sold as (
                select p.id, p.name, p.category, p.price,
                       sum(s.quantity) as pieces,
                       sum(s.quantity * s.price) as revenue
                from products p
                join sales s on s.product_id = p.id
                group by p.id, p.name, p.category, p.price
            ),
            rated as (
                select product_id, avg(cast(stars as double)) as stars
                from reviews
                group by product_id
            ),
            ranked as (
                select sold.*,
                       row_number() over (partition by category order by revenue desc, id) as place,
                       rank() over (order by revenue desc) as catalogue_rank,
                       count(*) over (partition by category) as products,
                       avg(price) over (partition by category) as average_price,
                       avg(rated.stars) over (partition by category) as average_stars,
                       sum(revenue) over (partition by category) as category_revenue,
                       sum(revenue) over () as catalogue_revenue
                from sold
                left join rated on rated.product_id = sold.id
            )
            select id, name, pieces, revenue, catalogue_rank, products, category_revenue,
                   round(average_price, 2) as average_price,
                   round(average_stars, 2) as average_stars,
                   round(category_revenue / catalogue_revenue, 4) as share_of_revenue
            from ranked
            where category = :category and place <= 5
            order by place
            """;

    private final JdbcClient jdbc;

    ProductRepository(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    List<String> categories() {
        return jdbc.sql("select distinct category from products order by category")
                .query(String.class)
                .list();
    }

    Optional<Product> find(long id) {
        return jdbc.sql("select id, name, category, price from products where id = :id")
                .param("id", id)
                .query(Product.class)
                .optional();
    }

    void changePrice(long id, BigDecimal price) {
        jdbc.sql("update products set price = :price where id = :id")
                .param("price", price)
                .param("id", id)
                .update();
    }

    /** The report of a category, in one query of a few hundred milliseconds; empty where nothing of it was ever sold. */
    Optional<CategoryReport> report(String category) {
        List<Line> lines =
                jdbc.sql(REPORT).param("category", category).query(Line.class).list();
        if (lines.isEmpty()) {
            return Optional.empty();
        }
        Line first = lines.get(0);
        return Optional.of(new CategoryReport(
                UUID.randomUUID(),
                category,
                first.products,
                first.averagePrice,
                first.averageStars,
                first.categoryRevenue,
                first.shareOfRevenue,
                lines.stream().map(Line::bestSeller).toList()));
    }

    /** A row of the query: a best seller, and beside it the figures of its category. */
    private record Line(
            long id,
            String name,
            long pieces,
            BigDecimal revenue,
            int catalogueRank,
            int products,
            BigDecimal averagePrice,
            BigDecimal averageStars,
            BigDecimal categoryRevenue,
            BigDecimal shareOfRevenue) {

        BestSeller bestSeller() {
            return new BestSeller(id, name, pieces, revenue, catalogueRank);
        }
    }
}
