#if !UNITY_5_3_OR_NEWER
using System;

namespace Banter
{
    /// <summary>Marks what native code calls. In Unity it is AOT.MonoPInvokeCallbackAttribute.</summary>
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
#endif
