package dev.singleflight.benchmarks.spring;

/** Without annotations. */
class PlainUsers implements Users {

    static final Object FOUND = new Object();

    @Override
    public Object find(Long id) {
        return FOUND;
    }

    @Override
    public Object load(User user) {
        return FOUND;
    }
}
