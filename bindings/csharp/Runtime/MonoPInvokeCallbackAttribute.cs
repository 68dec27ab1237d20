using System;

namespace Banter
{
    /// <summary>Marks what native code calls. IL2CPP knows it by its name, in whatever namespace.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    internal sealed class MonoPInvokeCallbackAttribute : Attribute
    {
        internal MonoPInvokeCallbackAttribute(Type type)
        {
            Type = type;
        }

        internal Type Type { get; private set; }
    }
}
