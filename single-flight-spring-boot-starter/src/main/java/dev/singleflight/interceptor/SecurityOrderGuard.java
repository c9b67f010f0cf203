package dev.singleflight.interceptor;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.springframework.aop.Advisor;
import org.springframework.aop.PointcutAdvisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.SmartInstantiationAwareBeanPostProcessor;
import org.springframework.core.Ordered;
import org.springframework.util.StringUtils;

/**
 * Looks at each finished proxy: where Spring Security's advice stands inside ours, a caller would get the outcome of a
 * flight without being authorised for itself. That stops the start. It is neither {@code Ordered} nor
 * {@code PriorityOrdered}, so it comes after the proxies are made; at the singletons that were made before it (those
 * that other post-processors need) it looks when all are there.
 */
public final class SecurityOrderGuard implements SmartInstantiationAwareBeanPostProcessor, SmartInitializingSingleton {

    private static final String SECURITY = "org.springframework.security.";

    private final ConfigurableListableBeanFactory beans;

    private final SingleFlightOperations operations;

    private final FinalMethods finals = new FinalMethods();

    /**
     * A guard of annotated methods.
     *
     * @param beans whose proxies are looked at
     * @param operations what the annotations come to
     */
    public SecurityOrderGuard(ConfigurableListableBeanFactory beans, SingleFlightOperations operations) {
        this.beans = beans;
        this.operations = operations;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        look(bean);
        return bean;
    }

    /** Of beans in a circle the proxy is to be seen here alone. */
    @Override
    public Object getEarlyBeanReference(Object bean, String name) {
        look(bean);
        return bean;
    }

    @Override
    public void afterSingletonsInstantiated() {
        for (String name : beans.getBeanDefinitionNames()) {
            if (beans.containsSingleton(name)) {
                look(Objects.requireNonNull(beans.getSingleton(name)));
            }
        }
    }

    /** From the inside out: what stands innermost has the order that ours must be above. */
    private void look(Object bean) {
        if (bean instanceof Advised proxy) {
            finals.report(proxy);
            List<Advisor> advisors = advisors(proxy);
            int ours = firstOfOurs(advisors);
            for (int at = advisors.size() - 1; ours >= 0 && at > ours; at--) {
                if (isSecurity(advisors.get(at))) {
                    requireApart(proxy, (SingleFlightAdvisor) advisors.get(ours), advisors.get(at));
                }
            }
        }
    }

    private void requireApart(Advised proxy, SingleFlightAdvisor ours, Advisor security) {
        Class<?> type = AopUtils.getTargetClass(proxy);
        Class<?> innermost = AopProxyUtils.ultimateTargetClass(proxy);
        operations
                .flights(type)
                .filter(flight ->
                        matches(security, flight.method(), type) || matches(security, flight.method(), innermost))
                .findFirst()
                .ifPresent(flight -> {
                    throw flight.invalid(
                            "Spring Security's "
                                    + security.getAdvice().getClass().getSimpleName() + " has the order "
                                    + order(security) + " and so stands inside single-flight, which has the order "
                                    + ours.getOrder()
                                    + ": a caller that joins a flight would not be authorised for itself.",
                            Arrays.asList(proxy.getAdvisors()).contains(security)
                                    ? reorder(order(security), ours.getOrder())
                                    : "It belongs to a proxy within the proxy (a ProxyFactoryBean's?). Define it as an Advisor"
                                            + " bean with an order below " + ours.getOrder() + " instead of order "
                                            + order(security) + " in there.");
                });
    }

    private static String reorder(int security, int ours) {
        String lower = "give Spring Security an order below " + ours + " (it has " + security
                + "): @EnableMethodSecurity has 100 to 600 without an offset, legacy @EnableGlobalMethodSecurity takes"
                + " order = 500";
        return security == Ordered.LOWEST_PRECEDENCE
                ? StringUtils.capitalize(lower) + "."
                : "Set single-flight.order above " + security + " (it is " + ours + "), or " + lower + ".";
    }

    /** From the outside in, those of a proxy within the proxy too. */
    private static List<Advisor> advisors(Advised proxy) {
        List<Advisor> advisors = new ArrayList<>(Arrays.asList(proxy.getAdvisors()));
        if (AopProxyUtils.getSingletonTarget(proxy) instanceof Advised within) {
            advisors.addAll(advisors(within));
        }
        return advisors;
    }

    private static int firstOfOurs(List<Advisor> advisors) {
        for (int at = 0; at < advisors.size(); at++) {
            if (advisors.get(at) instanceof SingleFlightAdvisor) {
                return at;
            }
        }
        return -1;
    }

    private static boolean isSecurity(Advisor advisor) {
        return advisor.getClass().getName().startsWith(SECURITY)
                || advisor.getAdvice().getClass().getName().startsWith(SECURITY);
    }

    private static boolean matches(Advisor advisor, Method method, Class<?> type) {
        return !(advisor instanceof PointcutAdvisor pointcut)
                || (pointcut.getPointcut().getClassFilter().matches(type)
                        && pointcut.getPointcut().getMethodMatcher().matches(method, type));
    }

    /** Who names no order comes last. */
    private static int order(Advisor advisor) {
        return advisor instanceof Ordered ordered ? ordered.getOrder() : Ordered.LOWEST_PRECEDENCE;
    }
}
