package dev.singleflight.autoconfigure;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.FutureTask;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/**
 * What the developer tools do when a class has changed: the application's classes come from a new loader, those of the
 * libraries stay. The main class of a JVM that clears soft references at once, so that only what is held for ever stays.
 */
public final class RestartingJvm {

    private RestartingJvm() {}

    /** Fails where the first loader is still there after the second start. */
    public static void main(String[] arguments) throws Exception {
        ReferenceQueue<ClassLoader> gone = new ReferenceQueue<>();
        WeakReference<ClassLoader> first = new WeakReference<>(start(), gone);
        ClassLoader second = start();
        for (int collection = 0; collection < 100 && first.get() != null; collection++) {
            System.gc();
            gone.remove(100);
        }
        if (first.get() != null) {
            throw new AssertionError("The first loader is still there beside " + second);
        }
    }

    private static ClassLoader start() throws Exception {
        RestartLoader loader = new RestartLoader();
        FutureTask<Boolean> application = new FutureTask<>(() -> run(loader));
        Thread main = new Thread(application, "restartedMain");
        main.setContextClassLoader(loader);
        main.start();
        application.get();
        main.join();
        return loader;
    }

    private static boolean run(ClassLoader loader) throws ClassNotFoundException {
        Class<?> application = loader.loadClass(RestartedApplication.class.getName());
        if (application == RestartedApplication.class) {
            throw new AssertionError("The application has the libraries' loader");
        }
        // No SpringApplication, whose shutdown hooks hold the loader.
        try (ConfigurableApplicationContext context = new AnnotationConfigApplicationContext(application)) {
            context.getBean(Runnable.class).run();
        }
        return true;
    }

    /** Asks its parent last for the application's classes, and first for all others. */
    private static final class RestartLoader extends URLClassLoader {

        private RestartLoader() {
            super(new URL[] {location()}, RestartingJvm.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (!name.startsWith(RestartedApplication.class.getName())) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : findClass(name);
            }
        }

        private static URL location() {
            return RestartingJvm.class.getProtectionDomain().getCodeSource().getLocation();
        }
    }
}
