package dev.singleflight;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.annotation.Configuration;

/** Which package may import which: annotation, interceptor, autoconfigure; metrics, endpoint and cache; core. */
@AnalyzeClasses(packages = "dev.singleflight", importOptions = DoNotIncludeTests.class)
class ArchitectureTests {

    private static final String CORE = "dev.singleflight";

    private static final String ANNOTATION = "dev.singleflight.annotation..";

    private static final String INTERCEPTOR = "dev.singleflight.interceptor..";

    private static final String METRICS = "dev.singleflight.metrics..";

    private static final String ENDPOINT = "dev.singleflight.endpoint..";

    private static final String CACHE = "dev.singleflight.cache..";

    private static final String AUTOCONFIGURE = "dev.singleflight.autoconfigure..";

    @ArchTest
    static final ArchRule ANNOTATION_IMPORTS_NOTHING_OF_OURS = importOnly(ANNOTATION);

    @ArchTest
    static final ArchRule INTERCEPTOR_IMPORTS_ANNOTATION_AND_CORE = importOnly(INTERCEPTOR, ANNOTATION, CORE);

    @ArchTest
    static final ArchRule METRICS_IMPORTS_CORE = importOnly(METRICS, CORE);

    @ArchTest
    static final ArchRule ENDPOINT_IMPORTS_CORE = importOnly(ENDPOINT, CORE);

    @ArchTest
    static final ArchRule CACHE_IMPORTS_CORE = importOnly(CACHE, CORE);

    @ArchTest
    static final ArchRule NOBODY_IMPORTS_AUTOCONFIGURE = noClasses()
            .that()
            .resideOutsideOfPackage(AUTOCONFIGURE)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(AUTOCONFIGURE);

    @ArchTest
    static final ArchRule CORE_IMPORTS_NOTHING_OF_THE_STARTERS = noClasses()
            .that()
            .resideInAPackage(CORE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.singleflight.*..");

    @ArchTest
    static final ArchRule NO_PACKAGES_IMPORT_EACH_OTHER =
            slices().matching("dev.singleflight.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule PUBLIC_IS_WHAT_A_USER_OR_ANOTHER_PACKAGE_NEEDS = classes()
            .that()
            .resideInAnyPackage(INTERCEPTOR, METRICS, ENDPOINT, CACHE)
            .and()
            .arePublic()
            .and()
            .areTopLevelClasses()
            .should(beUsedOutsideOfTheirPackage());

    @ArchTest
    static final ArchRule OF_AUTOCONFIGURE_CONFIGURATIONS_AND_PROPERTIES_ARE_PUBLIC = classes()
            .that()
            .resideInAPackage(AUTOCONFIGURE)
            .and()
            .arePublic()
            .and()
            .areTopLevelClasses()
            .should()
            .beAnnotatedWith(AutoConfiguration.class)
            .orShould()
            .beAnnotatedWith(ConfigurationProperties.class);

    @ArchTest
    static final ArchRule NOBODY_EXTENDS_OUR_CLASSES = classes()
            .that()
            .areNotInterfaces()
            .and()
            .areTopLevelClasses()
            .and()
            .areNotAnnotatedWith(Configuration.class)
            .and()
            .resideInAPackage("dev.singleflight.*..")
            .and(are(notAbstractNorEnum()))
            .should()
            .haveModifier(FINAL);

    private static ArchRule importOnly(String of, String... imported) {
        DescribedPredicate<JavaClass> allowed = resideInAPackage(of);
        for (String one : imported) {
            allowed = allowed.or(resideInAPackage(one));
        }
        return noClasses()
                .that()
                .resideInAPackage(of)
                .should()
                .dependOnClassesThat(resideInAPackage("dev.singleflight..").and(DescribedPredicate.not(allowed)));
    }

    private static DescribedPredicate<JavaClass> notAbstractNorEnum() {
        return DescribedPredicate.describe(
                "neither abstract nor enums", type -> !type.getModifiers().contains(ABSTRACT) && !type.isEnum());
    }

    private static ArchCondition<JavaClass> beUsedOutsideOfTheirPackage() {
        return new ArchCondition<>("be used outside of their package, or be the user's to write or catch") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean used = type.getDirectDependenciesToSelf().stream()
                        .anyMatch(dependency ->
                                !dependency.getOriginClass().getPackageName().equals(type.getPackageName()));
                events.add(new SimpleConditionEvent(type, used, type.getName() + " is public, and nobody needs it"));
            }
        };
    }
}
