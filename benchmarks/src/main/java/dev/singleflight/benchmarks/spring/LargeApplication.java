package dev.singleflight.benchmarks.spring;

import java.time.Duration;
import java.util.stream.StreamSupport;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.metrics.buffering.BufferingApplicationStartup;
import org.springframework.boot.context.metrics.buffering.StartupTimeline;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.support.GenericApplicationContext;

/** An application of many beans. It prints the milliseconds that its check at start took, and ends. */
@EnableAutoConfiguration
public class LargeApplication {

    private static final String CHECK = "singleFlightStartCheck";

    /** Run with the number of beans, and whether they are lazy. */
    public static void main(String[] arguments) {
        int beans = Integer.parseInt(arguments[0]);
        boolean lazy = Boolean.parseBoolean(arguments[1]);
        BufferingApplicationStartup startup = new BufferingApplicationStartup(100_000);
        SpringApplication application = new SpringApplication(LargeApplication.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setBannerMode(Banner.Mode.OFF);
        application.setLogStartupInfo(false);
        application.setApplicationStartup(startup);
        application.addInitializers(
                (ApplicationContextInitializer<GenericApplicationContext>) context -> register(context, beans, lazy));
        application.run().close();
        System.out.println(check(startup.getBufferedTimeline()).toNanos() / 1e6);
    }

    private static void register(GenericApplicationContext context, int beans, boolean lazy) {
        for (int i = 0; i < beans; i++) {
            BeanDefinition definition = new RootBeanDefinition(GeneratedServices.define("Service" + i, i % 20 == 0));
            definition.setLazyInit(lazy);
            context.registerBeanDefinition("service" + i, definition);
        }
    }

    private static Duration check(StartupTimeline timeline) {
        return timeline.getEvents().stream()
                .filter(event -> StreamSupport.stream(
                                event.getStartupStep().getTags().spliterator(), false)
                        .anyMatch(tag -> tag.getValue().equals(CHECK)))
                .filter(event -> event.getStartupStep().getName().equals("spring.beans.smart-initialize"))
                .map(StartupTimeline.TimelineEvent::getDuration)
                .findFirst()
                .orElseThrow();
    }
}
