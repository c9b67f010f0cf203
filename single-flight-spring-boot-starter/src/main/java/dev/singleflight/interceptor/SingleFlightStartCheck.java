package dev.singleflight.interceptor;

import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Checks every annotated method of every bean definition when the singletons are ready, those of lazy beans, prototypes
 * and factory products too, and creates their groups, so that meters and the endpoint have them from the start. It reports
 * scopes in which callers hardly ever meet. It looks at types and creates no bean.
 */
public final class SingleFlightStartCheck implements SmartInitializingSingleton {

    private final ConfigurableListableBeanFactory beans;

    private final SingleFlightOperations operations;

    private final Supplier<SingleFlightGroups> groups;

    private final Predicate<String> configured;

    /**
     * A check of these beans.
     *
     * @param beans whose types are looked at
     * @param operations resolves and checks
     * @param groups where the groups are created
     * @param configured whether the properties name a group
     */
    public SingleFlightStartCheck(
            ConfigurableListableBeanFactory beans,
            SingleFlightOperations operations,
            Supplier<SingleFlightGroups> groups,
            Predicate<String> configured) {
        this.beans = beans;
        this.operations = operations;
        this.groups = groups;
        this.configured = configured;
    }

    @Override
    public void afterSingletonsInstantiated() {
        for (String name : beans.getBeanDefinitionNames()) {
            Class<?> type = AutoProxyUtils.determineTargetClass(beans, name);
            if (type != null) {
                operations.check(type);
                String scope = beans.getMergedBeanDefinition(name).getScope();
                ShortLived.report(name, scope, () -> operations.flights(type).toList());
            }
        }
        SingleFlightGroups all = groups.get();
        operations.claims().groups().forEach(all::group);
        operations
                .claims()
                .checkForgets(
                        all.all().stream().map(SingleFlightGroup::name).collect(Collectors.toCollection(TreeSet::new)),
                        configured);
    }
}
