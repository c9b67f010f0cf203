package dev.singleflight.interceptor;

import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Checks every annotated method of every bean definition when the singletons are ready, those of lazy beans, prototypes
 * and factory products too, and creates their groups, so that meters and the endpoint have them from the start. It reports
 * scopes in which callers hardly ever meet. It looks at types and creates no bean. From then on calls share flights.
 */
public final class SingleFlightStartCheck implements SmartInitializingSingleton {

    private static final Log LOGGER = LogFactory.getLog(SingleFlightStartCheck.class);

    private final ConfigurableListableBeanFactory beans;

    private final SingleFlightOperations operations;

    private final SingleFlightInterceptor interceptor;

    private final Supplier<SingleFlightGroups> groups;

    private final Predicate<String> configured;

    /**
     * A check of these beans.
     *
     * @param beans whose types are looked at
     * @param operations resolves and checks
     * @param interceptor is opened after the check
     * @param groups where the groups are created
     * @param configured whether the properties name a group
     */
    public SingleFlightStartCheck(
            ConfigurableListableBeanFactory beans,
            SingleFlightOperations operations,
            SingleFlightInterceptor interceptor,
            Supplier<SingleFlightGroups> groups,
            Predicate<String> configured) {
        this.beans = beans;
        this.operations = operations;
        this.interceptor = interceptor;
        this.groups = groups;
        this.configured = configured;
    }

    @Override
    public void afterSingletonsInstantiated() {
        for (String name : beans.getBeanDefinitionNames()) {
            check(name);
        }
        SingleFlightGroups all = groups.get();
        operations.claims().groups().forEach(all::group);
        operations.claims().checkForgets(() -> all.all().stream().map(SingleFlightGroup::name), configured);
        interceptor.open();
    }

    private void check(String name) {
        try {
            BeanDefinition definition = beans.getMergedBeanDefinition(name);
            Class<?> type = type(name, definition);
            if (type != null) {
                operations.check(type);
                ShortLived.report(
                        name,
                        definition.getScope(),
                        () -> operations.flights(type).toList());
            }
        } catch (BeansException | IllegalStateException | LinkageError unloadable) {
            // Spring says so itself, should anybody ever want the bean.
            LOGGER.debug("The class of the bean '" + name + "' could not be looked at", unloadable);
        }
    }

    /** The bean's class, behind its proxy. A lazy factory is not made to be asked for the type of its product. */
    private @Nullable Class<?> type(String name, BeanDefinition definition) {
        return definition.getAttribute(AutoProxyUtils.ORIGINAL_TARGET_CLASS_ATTRIBUTE) instanceof Class<?> original
                ? original
                : beans.getType(name, false);
    }
}
